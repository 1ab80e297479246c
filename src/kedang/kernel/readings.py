"""How Chinese names are read where the usual table of single characters is wrong or has several readings."""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    pairs = (pair.split(":") for pair in text.split())
    return {word: tuple(reading.split(".")) for word, reading in pairs}


# The reading a character has in names of companies and places, where it is not the first of the table.
USUAL = _table(
    """
    长:chang 厦:xia 佛:fo 都:du 晟:sheng 给:ji 勒:le 薄:bo 曾:zeng 仇:qiu 查:cha 参:shen 莞:guan
    还:huan 率:lv 咽:yan 择:ze 杉:shan 柏:bai 嗯:en 轧:zha 乘:cheng 贾:jia 夹:jia 露:lu 斗:dou
    卜:bu 氏:shi 郗:xi 汤:tang
    """
)

# Words whose reading differs from that of their characters one by one; the longest that fits is taken.
PHRASES = _table(
    """
    重庆:chong.qing 重阳:chong.yang 重叠:chong.die 银行:yin.hang 商行:shang.hang 金行:jin.hang
    电行:dian.hang 车行:che.hang 洋行:yang.hang 分行:fen.hang 支行:zhi.hang 总行:zong.hang
    行业:hang.ye 大厦:da.sha 会计:kuai.ji 会稽:kuai.ji 音乐:yin.yue 乐器:yue.qi 乐清:yue.qing
    乐亭:lao.ting 乐陵:lao.ling 乐山:le.shan 西藏:xi.zang 藏族:zang.zu 调节:tiao.jie 调压:tiao.ya
    调味:tiao.wei 调温:tiao.wen 调速:tiao.su 空调:kong.tiao 六安:lu.an 六合:lu.he 蚌埠:beng.bu
    台州:tai.zhou 番禺:pan.yu 宿州:su.zhou 大埔:da.bu 泊头:bo.tou 涡阳:guo.yang 莘庄:xin.zhuang
    莘县:shen.xian 犍为:qian.wei 铅山:yan.shan 单县:shan.xian 中牟:zhong.mu 牟平:mu.ping
    东阿:dong.e 长子:zhang.zi 尉犁:yu.li 浚县:xun.xian 珲春:hun.chun 丽水:li.shui 任丘:ren.qiu
    铺面:pu.mian 模具:mu.ju 模板:mu.ban 量具:liang.ju 率先:shuai.xian 便宜:pian.yi 行长:hang.zhang
    董事长:dong.shi.zhang 校长:xiao.zhang 部长:bu.zhang 处长:chu.zhang 店长:dian.zhang
    成长:cheng.zhang 校准:jiao.zhun 校验:jiao.yan 人参:ren.shen 参数:can.shu 参考:can.kao
    燕山:yan.shan 华山:hua.shan 洪洞:hong.tong 歙县:she.xian 黄陂:huang.pi 阿胶:e.jiao
    都江堰:du.jiang.yan 天台:tian.tai 给水:ji.shui 盛器:cheng.qi 石头:shi.tou 百色:bai.se
    吐鲁番:tu.lu.fan 长白:chang.bai 朝阳:chao.yang 朝天:chao.tian 供给:gong.ji 曾经:ceng.jing
    """
)

# Readings a character has as a surname, and the surnames of two characters that are misread.
SURNAMES = _table(
    """
    单:shan 解:xie 仇:qiu 曾:zeng 区:ou 查:zha 朴:piao 盖:ge 任:ren 乐:yue 翟:zhai 缪:miao 冼:xian
    员:yun 繁:po 种:chong 召:shao 那:na 祭:zhai 隗:wei 燕:yan 应:ying 宁:ning 秘:bi 纪:ji 哈:ha
    车:che 薄:bo 褚:chu 句:gou 过:guo 牟:mu 华:hua 洗:xian 折:she 黑:he 郗:xi 佴:nai 瞿:qu 逄:pang
    晟:cheng 重:chong 石:shi 盛:sheng 柏:bai 长:chang 葛:ge 覃:qin 尹:yin 都:du 贾:jia 谌:chen
    卜:bu 宓:mi 阚:kan 相:xiang 尉迟:yu.chi 万俟:mo.qi 长孙:zhang.sun 澹台:tan.tai 单于:chan.yu
    令狐:ling.hu 呼延:hu.yan 宿:su
    """
)
